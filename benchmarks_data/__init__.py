"""Published tables and recorded results, as data: no logic. Read them with `importlib.resources`."""
