"""What is learned from plays: looks on schedule, alarms, and measured shares in place of assumed ones."""
