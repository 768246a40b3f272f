"""What speaks WebDriver and WebDriver BiDi with a browser."""
