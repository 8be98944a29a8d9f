"""The browser window: worlds in 3-D, controls, plots and sensor pictures, for any number of spectators."""
