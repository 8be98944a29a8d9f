"""Windows onto a running simulation: the browser viewer."""
