"""The application in the browser: explore a world, compare its arms, take the evidence away. It holds no economics."""
