"""Which products suit whom: learnt from who bought what, explained by what the customer bought.

`Recommender` adds up, for each customer, what is bought together with what they bought (lately more than long
ago), what they like to buy by category, what is popular, and what they will want again. Items that are
bought once in a life are never shown to those who have them; which items are, is learnt from the data.

Sources: co-purchase as the cosine of items (Sarwar, Karypis, Konstan & Riedl, "Item-based collaborative
filtering recommendation algorithms", WWW 2001, section 3.1.1; on purchases without ratings: Deshpande &
Karypis, "Item-based top-N recommendation algorithms", ACM TOIS 22(1), 2004, section 4.1), shrunk towards none
where few bought both (Bell & Koren, "Scalable collaborative filtering with jointly derived neighborhood
interpolation weights", ICDM 2007, section 3).
"""

from keepwell.science.recommend.purchases import Purchases
from keepwell.science.recommend.recommender import NONE, Recommender, Suggestions, Why
from keepwell.science.recommend.validation import Quality, hit_rate

__all__ = ["NONE", "Purchases", "Quality", "Recommender", "Suggestions", "Why", "hit_rate"]
