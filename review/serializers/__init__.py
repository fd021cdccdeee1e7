"""What the API of the review takes and gives, by side: `artist` and `desk`."""
