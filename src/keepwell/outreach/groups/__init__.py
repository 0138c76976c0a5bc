"""Groups of colleagues in DingTalk, Slack, Teams, Telegram, or a system of your own: told what happens."""
