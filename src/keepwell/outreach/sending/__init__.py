"""Messages on their way: queued, claimed at the policy, handed over once, their fate recorded."""
