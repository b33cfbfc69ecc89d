"""GH Archive: which repositories were pushed to, from hourly files instead of an API."""
