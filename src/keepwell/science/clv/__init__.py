"""Customer lifetime value by "buy till you die" models, fitted by maximum likelihood.

`BetaGeo` (Fader, Hardie & Lee 2005) and `ModifiedBetaGeo` (Batislam, Denizel & Filiztekin 2007) say how often
and for how long customers buy; `GammaGamma` (Fader & Hardie 2013) says how much they spend each time.
"""

from keepwell.science.clv.beta_geo import BetaGeo, ModifiedBetaGeo
from keepwell.science.clv.diagnostics import FitDiagnostics
from keepwell.science.clv.gamma_gamma import GammaGamma

__all__ = ["BetaGeo", "FitDiagnostics", "GammaGamma", "ModifiedBetaGeo"]
