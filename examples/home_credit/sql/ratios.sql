-- Scores of the bureaus together, and what is asked for against what is there.
SELECT
    SK_ID_CURR,
    event_time,
    (coalesce(EXT_SOURCE_1, 0) + coalesce(EXT_SOURCE_2, 0) + coalesce(EXT_SOURCE_3, 0))
    / nullif(
        CAST(EXT_SOURCE_1 IS NOT NULL AS INTEGER)
        + CAST(EXT_SOURCE_2 IS NOT NULL AS INTEGER)
        + CAST(EXT_SOURCE_3 IS NOT NULL AS INTEGER),
        0
    ) AS ext_source_mean,
    least(EXT_SOURCE_1, EXT_SOURCE_2, EXT_SOURCE_3) AS ext_source_min,
    greatest(EXT_SOURCE_1, EXT_SOURCE_2, EXT_SOURCE_3) AS ext_source_max,
    EXT_SOURCE_2 * EXT_SOURCE_3 AS ext_source_2_by_3,
    AMT_CREDIT / nullif(AMT_ANNUITY, 0) AS credit_to_annuity,
    AMT_CREDIT / nullif(AMT_GOODS_PRICE, 0) AS credit_to_goods,
    AMT_CREDIT / nullif(AMT_INCOME_TOTAL, 0) AS credit_to_income,
    AMT_ANNUITY / nullif(AMT_INCOME_TOTAL, 0) AS annuity_to_income,
    AMT_INCOME_TOTAL / nullif(CNT_FAM_MEMBERS, 0) AS income_per_person,
    DAYS_EMPLOYED / DAYS_BIRTH AS employed_share_of_life
FROM application
