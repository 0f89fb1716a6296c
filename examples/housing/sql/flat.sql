-- A listing in numbers: ages written as '21 Ve Üzeri', '5-10' and '0 (Yeni)', where it lies in the house, and
-- its district and neighbourhood by names that no other city has.
SELECT
    "Unnamed: 0",
    event_time,
    CASE "Binanın Yaşı"
        WHEN '0 (Yeni)' THEN 0
        WHEN '5-10' THEN 7.5
        WHEN '11-15' THEN 13
        WHEN '16-20' THEN 18
        WHEN '21 Ve Üzeri' THEN 30
        ELSE TRY_CAST("Binanın Yaşı" AS DOUBLE)
    END AS age,
    "Brüt Metrekare" / nullif("Oda Sayısı", 0) AS area_per_room,
    "Banyo Sayısı" / nullif("Oda Sayısı", 0) AS baths_per_room,
    "Bulunduğu Kat" / nullif("Binanın Kat Sayısı", 0) AS height_in_house,
    "Binanın Kat Sayısı" - "Bulunduğu Kat" AS floors_above,
    "Brüt Metrekare" % 10 AS area_last_digit,
    "Sehir" || ' / ' || "Ilce" AS district,
    "Sehir" || ' / ' || "Ilce" || ' / ' || "Mahalle" AS neighbourhood
FROM listings
