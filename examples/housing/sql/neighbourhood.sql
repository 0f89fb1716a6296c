-- What is offered around: how much, how large, how old, how high. Prices are no part of it.
WITH around AS (
    SELECT
        "Sehir", "Ilce", "Mahalle",
        count(*) AS n_listings,
        avg("Brüt Metrekare") AS mean_area,
        avg("Oda Sayısı") AS mean_rooms,
        avg("Banyo Sayısı") AS mean_baths,
        avg("Binanın Kat Sayısı") AS mean_floors,
        avg(CAST("Binanın Yaşı" = '21 Ve Üzeri' AS INTEGER)) AS old_share,
        avg(CAST("Binanın Yaşı" = '0 (Yeni)' AS INTEGER)) AS new_share,
        avg(CAST("Site İçerisinde" = 'Evet' AS INTEGER)) AS estate_share,
        avg(CAST("Isıtma Tipi" = 'Kombi Doğalgaz' AS INTEGER)) AS gas_share,
        avg(CAST("Kullanım Durumu" = 'Kiracı Oturuyor' AS INTEGER)) AS let_share,
        avg(CAST("Krediye Uygunluk" = 'Krediye Uygun' AS INTEGER)) AS mortgage_share
    FROM listings
    GROUP BY ALL
)
SELECT
    "Unnamed: 0",
    population.event_time,
    around.* EXCLUDE ("Sehir", "Ilce", "Mahalle")
FROM population
JOIN listings USING ("Unnamed: 0")
JOIN around USING ("Sehir", "Ilce", "Mahalle")
