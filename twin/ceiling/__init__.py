"""The generated warehouse seen by its ceiling cameras: traffic, pictures, truth and scores."""
