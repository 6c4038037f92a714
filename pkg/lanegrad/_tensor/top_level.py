"""The functions of tensors that stand at the top level."""

from . import (
    areas,
    choice,
    comparison,
    contraction,
    counting,
    creation,
    division,
    extremes,
    facts,
    functions,
    grids,
    in_place_functions,
    joining,
    linear_systems,
    middle,
    operators,
    parts,
    product_sums,
    products,
    promotion,
    ranges,
    rearranging,
    reduction,
    sampling,
    scan,
    scattering,
    selecting,
    softmaxes,
    sorting,
    spread,
    statistics,
    unary,
    views,
    written,
)
from .areas import *
from .choice import *
from .comparison import *
from .contraction import *
from .counting import *
from .creation import *
from .division import *
from .extremes import *
from .facts import *
from .functions import *
from .grids import *
from .in_place_functions import *
from .joining import *
from .linear_systems import *
from .middle import *
from .operators import *
from .parts import *
from .product_sums import *
from .products import *
from .promotion import *
from .ranges import *
from .rearranging import *
from .reduction import *
from .sampling import *
from .scan import *
from .scattering import *
from .selecting import *
from .softmaxes import *
from .sorting import *
from .spread import *
from .statistics import *
from .unary import *
from .views import *
from .written import *

__all__: list[str] = []
__all__ += areas.__all__
__all__ += choice.__all__
__all__ += comparison.__all__
__all__ += contraction.__all__
__all__ += counting.__all__
__all__ += creation.__all__
__all__ += division.__all__
__all__ += extremes.__all__
__all__ += facts.__all__
__all__ += functions.__all__
__all__ += grids.__all__
__all__ += in_place_functions.__all__
__all__ += joining.__all__
__all__ += linear_systems.__all__
__all__ += middle.__all__
__all__ += operators.__all__
__all__ += parts.__all__
__all__ += product_sums.__all__
__all__ += products.__all__
__all__ += promotion.__all__
__all__ += ranges.__all__
__all__ += rearranging.__all__
__all__ += reduction.__all__
__all__ += sampling.__all__
__all__ += scan.__all__
__all__ += scattering.__all__
__all__ += selecting.__all__
__all__ += softmaxes.__all__
__all__ += sorting.__all__
__all__ += spread.__all__
__all__ += statistics.__all__
__all__ += unary.__all__
__all__ += views.__all__
__all__ += written.__all__
