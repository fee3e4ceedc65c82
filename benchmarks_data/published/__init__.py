"""Tables printed in five papers on cheaper architecture search, as CSV; README.md and flags.csv say what to doubt."""
