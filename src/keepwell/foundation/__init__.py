"""What every room stands on: settings, home folder, clock, crypto, money, audit."""
