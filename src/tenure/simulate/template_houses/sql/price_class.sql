-- The price class, known at once.
SELECT
    "İlan No",
    "İlan Tarihi" AS event_time,
    "Fiyat Sınıfı" AS label
FROM listings
