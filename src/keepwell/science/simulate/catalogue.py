"""What the shop sells: categories, goods, prices and what they cost the shop."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Category: share of margin in the price, goods as (Chinese name, English name, usual price in CNY).
GOODS: dict[str, tuple[float, tuple[tuple[str, str, float], ...]]] = {
    "tea": (0.48, (
        ("龙井绿茶", "Longjing green tea", 128), ("普洱熟茶", "Ripe Pu'er", 98),
        ("茉莉花茶", "Jasmine tea", 58),
        ("铁观音", "Tieguanyin oolong", 118), ("挂耳咖啡", "Drip coffee bags", 69),
        ("冷萃咖啡液", "Cold brew", 89),
    )),
    "snacks": (0.38, (
        ("每日坚果", "Daily nuts", 79), ("牛肉干", "Beef jerky", 59), ("芒果干", "Dried mango", 29),
        ("苏打饼干", "Soda crackers", 19.9), ("黑巧克力", "Dark chocolate", 45),
        ("凤梨酥", "Pineapple cake", 68),
    )),
    "kitchen": (0.42, (
        ("不粘炒锅", "Non-stick wok", 199), ("陶瓷刀", "Ceramic knife", 89), ("保温杯", "Thermos flask", 109),
        ("玻璃饭盒", "Glass lunch box", 59), ("电热水壶", "Electric kettle", 159), ("砂锅", "Clay pot", 129),
    )),
    "home": (0.45, (
        ("乳胶枕", "Latex pillow", 239), ("纯棉四件套", "Cotton bedding set", 399),
        ("香薰蜡烛", "Scented candle", 79),
        ("收纳箱", "Storage box", 49), ("毛绒毯", "Plush blanket", 139), ("台灯", "Desk lamp", 169),
    )),
    "beauty": (0.60, (
        ("补水面膜", "Hydrating mask", 89), ("口红", "Lipstick", 159), ("精华液", "Serum", 269),
        ("防晒霜", "Sunscreen", 99), ("卸妆油", "Cleansing oil", 119), ("眼霜", "Eye cream", 229),
    )),
    "care": (0.40, (
        ("电动牙刷", "Electric toothbrush", 249), ("洗发水", "Shampoo", 59), ("沐浴露", "Body wash", 45),
        ("护手霜", "Hand cream", 39), ("剃须刀", "Shaver", 299), ("洗面奶", "Face wash", 69),
    )),
    "baby": (0.32, (
        ("纸尿裤", "Nappies", 129), ("婴儿湿巾", "Baby wipes", 39), ("奶瓶", "Feeding bottle", 79),
        ("辅食米粉", "Rice cereal", 69), ("连体衣", "Bodysuit", 89), ("绘本", "Picture book", 45),
    )),
    "outdoor": (0.44, (
        ("登山包", "Hiking backpack", 329), ("冲锋衣", "Shell jacket", 599), ("露营灯", "Camping lamp", 99),
        ("折叠椅", "Folding chair", 149), ("运动水壶", "Sports bottle", 59),
        ("速干T恤", "Quick-dry shirt", 109),
    )),
    "digital": (0.25, (
        ("充电宝", "Power bank", 129), ("蓝牙耳机", "Bluetooth earphones", 299),
        ("数据线", "Charging cable", 39),
        ("机械键盘", "Mechanical keyboard", 399), ("手机支架", "Phone stand", 29.9),
        ("智能手环", "Fitness band", 249),
    )),
    "stationery": (0.50, (
        ("钢笔", "Fountain pen", 119), ("笔记本", "Notebook", 35), ("水彩颜料", "Watercolours", 79),
        ("书包", "School bag", 189), ("台历", "Desk calendar", 39), ("马克笔", "Marker pens", 59),
    )),
    "gifts": (0.52, (
        ("月饼礼盒", "Mooncake gift box", 238), ("坚果礼盒", "Nut gift box", 168),
        ("茶叶礼盒", "Tea gift box", 298),
        ("丝巾", "Silk scarf", 259), ("香水小样套装", "Perfume sampler", 199),
        ("永生花", "Preserved roses", 189),
    )),
}  # fmt: skip
CATEGORIES = tuple(GOODS)
VARIANTS = (("标准装", "standard", 1.0), ("家庭装", "family size", 1.8), ("试用装", "trial size", 0.55))

# Tastes: what kind of household buys which share of what.
TASTES: dict[str, dict[str, float]] = {
    "gourmet": {"tea": 4, "snacks": 4, "kitchen": 2, "gifts": 1.5},
    "homemaker": {"kitchen": 3, "home": 4, "care": 2, "snacks": 1},
    "beauty lover": {"beauty": 5, "care": 3, "gifts": 1},
    "young family": {"baby": 5, "snacks": 1.5, "care": 1.5, "stationery": 1},
    "sporty": {"outdoor": 5, "digital": 1.5, "snacks": 1},
    "student": {"stationery": 3, "digital": 3.5, "snacks": 2, "tea": 0.5},
}
# What everybody buys now and then.
OF_ANYTHING = 0.25


@dataclass(frozen=True)
class Catalogue:
    """The goods of the shop, by product."""

    product_id: list[str]
    name: list[str]
    category: Ints  # index into CATEGORIES
    price: Floats  # CNY
    cost: Floats  # CNY
    popularity: Floats  # sums to one within a category

    def by_category(self, values: Floats) -> Floats:
        """Mean of a value over what is sold in each category, (categories,)."""
        mean: Floats = np.bincount(self.category, values * self.popularity, minlength=len(CATEGORIES)).astype(
            np.float64
        )
        return mean


def build_catalogue(rng: np.random.Generator) -> Catalogue:
    """Every good in every variant, with prices that end as prices do."""
    name: list[str] = []
    category: list[int] = []
    price: list[float] = []
    cost: list[float] = []
    for index, (margin, goods) in enumerate(GOODS.values()):
        for chinese, english, usual in goods:
            for zh, en, factor in VARIANTS:
                name.append(f"{chinese}（{zh}） {english}, {en}")
                category.append(index)
                price.append(max(round(usual * factor * rng.uniform(0.92, 1.08)) - 0.1, 9.9))
                cost.append(round(price[-1] * (1 - margin) * rng.uniform(0.93, 1.07), 2))
    categories = np.array(category)
    popularity = rng.gamma(1.2, 1.0, len(name)) + 0.05
    popularity /= np.bincount(categories, popularity)[categories]
    ids = [f"P{number:04d}" for number in range(1, len(name) + 1)]
    return Catalogue(ids, name, categories, np.array(price), np.array(cost), popularity)


def taste_shares() -> Floats:
    """Share of each category for each taste, (tastes, categories)."""
    shares = np.full((len(TASTES), len(CATEGORIES)), OF_ANYTHING)
    for row, liked in enumerate(TASTES.values()):
        for category, weight in liked.items():
            shares[row, CATEGORIES.index(category)] += weight
    shares /= shares.sum(axis=1, keepdims=True)
    return shares
