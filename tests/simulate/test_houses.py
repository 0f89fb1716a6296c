from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import f1_score
from sklearn.preprocessing import OrdinalEncoder

from tenure.errors import SimulationError
from tenure.simulate import HouseMarket, simulate_houses, write_houses
from tenure.simulate.houses import CUTS, PRICE_CLASSES
from tenure.simulate.places import NEIGHBOURHOODS, PLACES, turkish_upper

MARKET = HouseMarket(n_months=8, n_listings_per_month=500, dirt_share=0.05, seed=2)


@pytest.fixture(scope="module")
def listings() -> pd.DataFrame:
    return simulate_houses(MARKET).to_pandas()


def test_the_same_seed_gives_the_same_listings_and_another_seed_others() -> None:
    small = HouseMarket(n_months=1, n_listings_per_month=30)
    assert simulate_houses(small).equals(simulate_houses(small))
    assert not simulate_houses(small).equals(
        simulate_houses(HouseMarket(n_months=1, n_listings_per_month=30, seed=1))
    )


def test_listings_come_in_the_order_of_their_dates_every_month(listings: pd.DataFrame) -> None:
    days = pd.to_datetime(listings["İlan Tarihi"])
    assert days.is_monotonic_increasing
    assert days.dt.to_period("M").value_counts().to_list() == [500] * 8
    assert days.dt.day.nunique() == 28
    assert listings["İlan No"].is_unique


def test_the_class_is_cut_from_the_price_at_fixed_amounts(listings: pd.DataFrame) -> None:
    price = listings["Fiyat"].str.removesuffix(" TL").str.replace(".", "").astype(int)
    expected = np.array(PRICE_CLASSES)[np.searchsorted(CUTS, price, side="right")]
    assert (listings["Fiyat Sınıfı"] == expected).all()
    assert listings["Fiyat"].str.fullmatch(r"\d{1,3}(\.\d{3})* TL").all()


def test_about_two_fifths_are_low_two_fifths_middle_and_one_fifth_high(listings: pd.DataFrame) -> None:
    shares = listings["Fiyat Sınıfı"].value_counts(normalize=True)
    assert shares["düşük"] == pytest.approx(0.4, abs=0.04)
    assert shares["orta"] == pytest.approx(0.4, abs=0.04)
    assert shares["yüksek"] == pytest.approx(0.2, abs=0.04)


@pytest.mark.parametrize("column", ["Mahalle", "Binanın Yaşı", "Isıtma Tipi", "Site İçerisinde"])
def test_cells_are_empty_at_their_share(column: str, listings: pd.DataFrame) -> None:
    assert binomtest(int(listings[column].isna().sum()), len(listings), 0.05).pvalue > 1e-4


def test_districts_in_turkish_capitals_and_areas_with_units_are_dirt(listings: pd.DataFrame) -> None:
    names = {place.district for place in PLACES}
    shouted = ~listings["İlçe"].isin(names)
    assert set(listings["İlçe"][shouted]) <= {turkish_upper(name) for name in names}
    assert "ÇİĞLİ" in {turkish_upper(name) for name in names}
    assert binomtest(int(shouted.sum()), len(listings), 0.05).pvalue > 1e-4
    with_unit = listings["Brüt Metrekare"].str.endswith(" m²")
    assert binomtest(int(with_unit.sum()), len(listings), 0.05).pvalue > 1e-4
    assert listings["Brüt Metrekare"].str.removesuffix(" m²").astype(int).between(30, 400).all()


def test_a_clean_market_has_neither_dirt_nor_gaps() -> None:
    clean = simulate_houses(HouseMarket(n_months=2, dirt_share=0.0)).to_pandas()
    assert not clean.isna().any(axis=None)
    assert clean["İlçe"].isin({place.district for place in PLACES}).all()


def test_the_same_neighbourhood_name_stands_in_many_cities(listings: pd.DataFrame) -> None:
    assert (listings.groupby("Mahalle")["Şehir"].nunique() > 5).all()
    assert set(listings["Mahalle"].dropna()) == set(NEIGHBOURHOODS)


def test_listings_can_stand_there_twice() -> None:
    twice = simulate_houses(HouseMarket(n_months=4, duplicate_share=0.2)).to_pandas()
    n_repeated = int(twice.duplicated().sum())
    assert n_repeated == len(twice) - 1600
    assert binomtest(n_repeated, 1600, 0.2).pvalue > 1e-4


def test_a_model_tells_the_classes_of_later_listings(listings: pd.DataFrame) -> None:
    area = listings["Brüt Metrekare"].str.removesuffix(" m²").astype(float)
    words = listings[
        ["Şehir", "İlçe", "Mahalle", "Oda Sayısı", "Binanın Yaşı", "Isıtma Tipi", "Site İçerisinde"]
    ]
    encoded = OrdinalEncoder().fit_transform(words.fillna("-"))
    inputs, labels = np.column_stack([area, encoded]), listings["Fiyat Sınıfı"]
    model = HistGradientBoostingClassifier(
        categorical_features=range(1, 8), max_iter=60, max_leaf_nodes=12, random_state=0
    )
    model.fit(inputs[:3000], labels[:3000])
    score = f1_score(labels[3000:], model.predict(inputs[3000:]), average="macro")
    assert 0.7 < score < 0.95


def test_the_file_holds_the_listings(tmp_path: Path) -> None:
    market = HouseMarket(n_months=1, n_listings_per_month=40)
    path = write_houses(market, tmp_path / "data")
    read = pd.read_csv(path, dtype=str, keep_default_na=False, na_values=[""])
    assert path.name == "listings.csv"
    assert read["Şehir"].tolist() == simulate_houses(market)["Şehir"].to_pylist()


def test_a_market_that_cannot_be_is_refused() -> None:
    with pytest.raises(SimulationError) as caught:
        simulate_houses(HouseMarket(n_months=0, dirt_share=0.5, duplicate_share=-1))
    assert len(caught.value.problems) == 3
