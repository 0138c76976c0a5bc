"""Operations: backup and restore, health, figures for monitoring, logs."""
