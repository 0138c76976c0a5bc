"""The day's work: tasks, alerts that become tasks, notifications, the calendar feed."""
