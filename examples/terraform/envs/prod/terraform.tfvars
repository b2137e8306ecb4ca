wrapping = {
  rotated = false
}

dumps = {
  readers = ["*"]
}
