-- What is classified: every listing of İstanbul once, the first of those that say the same. The data have no dates.
SELECT
    "Unnamed: 0",
    TIMESTAMP '2023-09-01' AS event_time
FROM listings
WHERE "Sehir" = 'İstanbul'
QUALIFY row_number() OVER (
    PARTITION BY
        "Fiyat", "Oda Sayısı", "Bulunduğu Kat", "Isıtma Tipi", "Krediye Uygunluk", "Yapı Durumu", "Tapu Durumu",
        "Eşya Durumu", "Site İçerisinde", "Brüt Metrekare", "Binanın Yaşı", "Binanın Kat Sayısı", "Kullanım Durumu",
        "Yatırıma Uygunluk", "Banyo Sayısı", "Balkon Sayısı", "WC Sayısı", "Sehir", "Ilce", "Mahalle"
    ORDER BY "Unnamed: 0"
) = 1
