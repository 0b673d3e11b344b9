"""The widgets of the browser, apart from any page: their modules, and their data made of traces and recordings."""
