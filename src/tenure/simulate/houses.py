"""listings of houses, with a price class each: a second market, for three classes and Turkish text.

One source, one row a listing; the class is known at once. The columns have Turkish names, some with blanks;
a price class is cut from the price at fixed amounts, about 40 / 40 / 20 %, so the price itself is an outcome.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tenure.errors import SimulationError
from tenure.simulate.arrays import Flags, Floats, Integers
from tenure.simulate.months import month_range
from tenure.simulate.places import BUILDING_AGES, HEATING, NEIGHBOURHOODS, PLACES, ROOMS, turkish_upper
from tenure.simulate.streams import stream
from tenure.simulate.writing import write_csv

HOUSES_FILE: Final = "listings.csv"
PRICE_CLASSES: Final = ("düşük", "orta", "yüksek")
CUTS: Final = (2_400_000, 4_950_000)
"""Prices from which on a house is of the second and of the third class."""


@dataclass(frozen=True, slots=True)
class HouseMarket:
    """How many houses are listed, when, and how dirty the listings are."""

    n_months: int = 12
    n_listings_per_month: int = 400
    first_month: date = date(2023, 1, 1)
    """First day of the first month."""
    dirt_share: float = 0.02
    """In [0, 0.25]: the share of cells that each kind of dirt spoils."""
    duplicate_share: float = 0.0
    """In [0, 1]: the share of listings that stand there twice, letter for letter."""
    seed: int = 0


@dataclass(frozen=True, slots=True)
class _Houses:
    """What is drawn of each house: indices into words, and numbers."""

    listed: NDArray[np.datetime64]
    place: Integers
    neighbourhood: Integers
    rooms: Integers
    age: Integers
    heating: Integers
    area: Floats
    in_estate: Flags
    noise: Floats


def simulate_houses(market: HouseMarket) -> pa.Table:
    """The listings, in the order of their dates; all columns but the number of the listing are text or dates.

    Raises
    ------
    SimulationError
        If a count is below 1 or a share outside its range.

    Examples
    --------
    >>> listings = simulate_houses(HouseMarket(n_months=1, n_listings_per_month=5))
    >>> listings.num_rows, set(listings["Fiyat Sınıfı"].to_pylist()) <= set(PRICE_CLASSES)
    (5, True)
    """
    _check(market)
    houses = _draw(market)
    prices = _price(houses)
    classes = np.digitize(prices, CUTS)
    columns = _soil(_texts(houses), market)
    listings = pa.table(
        {
            "İlan No": pa.array(np.arange(houses.listed.size) + 100_000),
            "İlan Tarihi": pa.array(houses.listed, pa.date32()),
            **columns,
            "Fiyat": _in_lira(prices),
            "Fiyat Sınıfı": _words(PRICE_CLASSES, classes),
        }
    )
    twice = stream(market.seed, "houses twice").random(listings.num_rows) < market.duplicate_share
    return listings.take(pa.array(np.repeat(np.arange(listings.num_rows), 1 + twice)))


def write_houses(market: HouseMarket, folder: Path) -> Path:
    """The path of the ``listings.csv`` written."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / HOUSES_FILE
    write_csv(simulate_houses(market), path)
    return path


def _check(market: HouseMarket) -> None:
    problems = [
        f"`{name}` is {getattr(market, name)}; it must be at least 1"
        for name in ("n_months", "n_listings_per_month")
        if getattr(market, name) < 1
    ]
    problems += [
        f"`{name}` is {getattr(market, name)}; it must lie in [0, {high}]"
        for name, high in (("dirt_share", 0.25), ("duplicate_share", 1))
        if not 0 <= getattr(market, name) <= high
    ]
    if problems:
        raise SimulationError(f"the houses cannot be simulated: {'; '.join(problems)}", problems=problems)


def _draw(market: HouseMarket) -> _Houses:
    rng = stream(market.seed, "houses")
    size = market.n_listings_per_month
    months = month_range(market.first_month, market.n_months).astype("datetime64[D]")
    days = np.sort(rng.integers(28, size=(market.n_months, size)), axis=1)
    n = market.n_months * size
    rooms = np.clip(np.rint(3.4 + 0.9 * rng.standard_normal(n)), 1, len(ROOMS)).astype(np.int64)
    return _Houses(
        listed=(months[:, None] + days.astype("timedelta64[D]")).ravel(),
        place=rng.choice(len(PLACES), size=n, p=_place_shares()),
        neighbourhood=rng.integers(len(NEIGHBOURHOODS), size=n),
        rooms=rooms,
        age=rng.integers(len(BUILDING_AGES), size=n),
        heating=rng.choice(len(HEATING), size=n, p=(0.6, 0.15, 0.12, 0.08, 0.05)),
        area=np.rint(np.clip(34 * rooms + 8 + 14 * rng.standard_normal(n), 30, 400)),
        in_estate=rng.random(n) < 0.2,
        noise=rng.standard_normal(n),
    )


def _place_shares() -> Floats:
    weights = np.array([place.weight for place in PLACES])
    shares: Floats = weights / weights.sum()
    return shares


def _price(houses: _Houses) -> Floats:
    """Log-linear in area and age, with a level a place and neighbourhood; estates pay in big cities."""
    levels = np.array([place.log_level for place in PLACES])
    local = 0.22 * stream(0, "neighbourhoods").standard_normal((len(PLACES), len(NEIGHBOURHOODS)))
    level = levels[houses.place]
    log_price = (
        14.75
        + level
        + local[houses.place, houses.neighbourhood]
        + 0.9 * np.log(houses.area / 110)
        - 0.11 * houses.age
        + np.array((0.08, 0.0, 0.1, 0.15, -0.25))[houses.heating]
        + houses.in_estate * (0.15 + 0.3 * (level > 0.3))
        + 0.2 * houses.noise
    )
    prices: Floats = np.rint(np.exp(log_price) / 5_000) * 5_000
    return prices


def _texts(houses: _Houses) -> dict[str, pa.Array]:
    area = pa.array(houses.area.astype(np.int64)).cast(pa.string())
    return {
        "Şehir": _words(tuple(place.city for place in PLACES), houses.place),
        "İlçe": _words(tuple(place.district for place in PLACES), houses.place),
        "Mahalle": _words(NEIGHBOURHOODS, houses.neighbourhood),
        "Oda Sayısı": _words(ROOMS, houses.rooms - 1),
        "Brüt Metrekare": area,
        "Binanın Yaşı": _words(BUILDING_AGES, houses.age),
        "Isıtma Tipi": _words(HEATING, houses.heating),
        "Site İçerisinde": _words(("Hayır", "Evet"), houses.in_estate.astype(np.int64)),
    }


def _soil(columns: dict[str, pa.Array], market: HouseMarket) -> dict[str, pa.Array]:
    """Districts in capitals, areas with their unit, empty cells in four columns."""
    names = {place.district: turkish_upper(place.district) for place in PLACES}
    shouted = pa.array([names[name] for name in columns["İlçe"].to_pylist()])
    with_unit = pc.binary_join_element_wise(columns["Brüt Metrekare"], " m²", "")
    empty = pa.scalar(None, pa.string())
    spoilt = {"İlçe": shouted, "Brüt Metrekare": with_unit}
    spoilt |= dict.fromkeys(("Binanın Yaşı", "Isıtma Tipi", "Mahalle", "Site İçerisinde"), empty)
    return {name: _spoil(name, values, spoilt.get(name), market) for name, values in columns.items()}


def _spoil(name: str, values: pa.Array, spoilt: pa.Array | None, market: HouseMarket) -> pa.Array:
    if spoilt is None:
        return values
    draws = stream(market.seed, f"dirt houses.{name}").random(len(values))
    return pc.if_else(pa.array(draws < market.dirt_share), spoilt, values)


def _in_lira(prices: Floats) -> pa.Array:
    """Prices as sites show them: ``1.250.000 TL``."""
    return pa.array([f"{price:,}".replace(",", ".") + " TL" for price in prices.astype(np.int64).tolist()])


def _words(words: tuple[str, ...], index: Integers) -> pa.Array:
    return pa.array(words).take(pa.array(index))
