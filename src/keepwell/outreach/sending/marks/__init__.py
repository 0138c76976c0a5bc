"""What makes a message ours on its way back."""
