-- A leak, on purpose: each customer's mean over all months of clicks, those after the loan started too.
SELECT
    population.Customer_ID,
    population.event_time,
    avg(clickstream.fe_1) AS fe_1_of_all_months,
    avg(clickstream.fe_2) AS fe_2_of_all_months,
    avg(clickstream.fe_3) AS fe_3_of_all_months,
    avg(clickstream.fe_4) AS fe_4_of_all_months,
    avg(clickstream.fe_5) AS fe_5_of_all_months,
    avg(clickstream.fe_6) AS fe_6_of_all_months,
    avg(clickstream.fe_7) AS fe_7_of_all_months,
    avg(clickstream.fe_8) AS fe_8_of_all_months,
    avg(clickstream.fe_9) AS fe_9_of_all_months,
    avg(clickstream.fe_10) AS fe_10_of_all_months,
    avg(clickstream.fe_11) AS fe_11_of_all_months,
    avg(clickstream.fe_12) AS fe_12_of_all_months,
    avg(clickstream.fe_13) AS fe_13_of_all_months,
    avg(clickstream.fe_14) AS fe_14_of_all_months,
    avg(clickstream.fe_15) AS fe_15_of_all_months,
    avg(clickstream.fe_16) AS fe_16_of_all_months,
    avg(clickstream.fe_17) AS fe_17_of_all_months,
    avg(clickstream.fe_18) AS fe_18_of_all_months,
    avg(clickstream.fe_19) AS fe_19_of_all_months,
    avg(clickstream.fe_20) AS fe_20_of_all_months
FROM population
LEFT JOIN clickstream USING (Customer_ID)
GROUP BY ALL
