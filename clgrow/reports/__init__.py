"""What is made of records: the leaderboard, comparisons, terminal tables and Markdown."""
