"""A shop with known ground truth: its tables, why customers leave, and what would keep them."""

from keepwell.science.simulate.consents import consents
from keepwell.science.simulate.data import MarketData
from keepwell.science.simulate.market import Market
from keepwell.science.simulate.outlook import Outlook
from keepwell.science.simulate.treatments import CAUSES, TREATMENTS, Treatment

__all__ = ["CAUSES", "TREATMENTS", "Market", "MarketData", "Outlook", "Treatment", "consents"]
