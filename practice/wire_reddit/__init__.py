"""Reddit's wire, as www.reddit.com/dev/api has it (read 2026-11), for what praw asks. Its one subreddit, r/chowk, is the square."""
