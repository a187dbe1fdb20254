"""The drift gate, shown on a tiny package that knows neither bank nor lab."""
