# Images read at the places of a grid (see csrc/kernels/grid_sample.c).
#
# Uses: record/errors, shared/kinds.

GRID_TAPS = {"nearest": 1, "bilinear": 2, "bicubic": 4}
GRID_PADDINGS = {"zeros": LG_GRID_ZEROS, "border": LG_GRID_BORDER, "reflection": LG_GRID_REFLECTION}


cdef int grid_geometry(lg_grid_sample *p, x, grid, mode, padding, bint align_corners) except -1:
    """Reads the shapes of images (N, C, H, W) and grid (N, OH, OW, 2), and the options."""
    if dim(grid, 0) != dim(x, 0) or dim(grid, 3) != 2 or dim(x, 2) < 1 or dim(x, 3) < 1:
        raise ShapeError(f"no grid for images of shape {shape_of(x)}: its shape is {shape_of(grid)}")
    p.N, p.C, p.H, p.W, p.OH, p.OW = dim(x, 0), dim(x, 1), dim(x, 2), dim(x, 3), dim(grid, 1), dim(grid, 2)
    p.taps, p.padding, p.align_corners = GRID_TAPS[mode], GRID_PADDINGS[padding], align_corners
    return 0


def grid_sample(x, grid, mode, padding, bint align_corners):
    """Images (N, C, H, W) at the places of a grid (N, OH, OW, 2)."""
    cdef const lg_kernels *k = kernels_for(x)
    cdef lg_grid_sample p
    cdef const float *x_ = floats(x, "input", 4)
    cdef const float *grid_ = floats(grid, "grid", 4)
    grid_geometry(&p, x, grid, mode, padding, align_corners)
    y = new_shape(x, (p.N, p.C, p.OH, p.OW))
    cdef float *y_ = data(y)
    cdef float *scratch_
    scratch = room(x, grid_sample_scratch(&p) * sizeof(float) * threads_for(x), <void **>&scratch_)
    k.grid_sample(&p, x_, grid_, scratch_, y_)
    return y


def grid_sample_backward(gy, x, grid, mode, padding, bint align_corners, bint of_input, bint of_grid):
    """The gradients of images and grid, None where they are not wanted."""
    cdef const lg_kernels *k = kernels_for(gy)
    cdef lg_grid_sample p
    cdef const float *gy_ = floats(gy, "gradient", 4)
    cdef const float *x_ = floats(x, "input", 4)
    cdef const float *grid_ = floats(grid, "grid", 4)
    grid_geometry(&p, x, grid, mode, padding, align_corners)
    if shape_of(gy) != (p.N, p.C, p.OH, p.OW):
        raise ShapeError(f"gradient must have shape {(p.N, p.C, p.OH, p.OW)}, got {shape_of(gy)}")
    gx, g_grid = new_like(x) if of_input else None, new_like(grid) if of_grid else None
    cdef float *gx_ = data(gx) if of_input else NULL
    cdef float *g_grid_ = data(g_grid) if of_grid else NULL
    cdef float *scratch_
    scratch = room(gy, grid_sample_scratch(&p) * sizeof(float) * threads_for(gy), <void **>&scratch_)
    k.grid_sample_backward(&p, gy_, x_, grid_, scratch_, gx_, g_grid_)
    return gx, g_grid
