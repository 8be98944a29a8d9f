"""The warehouse as a closed loop: orders, robots, people, cameras that see what goes wrong, and new ways."""
