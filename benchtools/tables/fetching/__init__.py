"""Getting files from elsewhere: catalogue, mirrors, resumed downloads, digests."""
