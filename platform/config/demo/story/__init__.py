"""The main story of Dailies, played through real HTTP requests against the running demo."""
