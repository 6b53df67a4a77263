"""From a field and cameras to images: which samples matter, quadrature, normals, shading."""
