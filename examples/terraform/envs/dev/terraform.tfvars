wrapping = { rotated = true }
