-- What a loan officer would work out by hand from the application, of what was known on its day.
SELECT
    Customer_ID,
    event_time,
    financials_Outstanding_Debt / nullif(financials_Annual_Income, 0) AS debt_to_income,
    financials_Total_EMI_per_month / nullif(financials_Monthly_Inhand_Salary, 0) AS instalments_to_salary,
    financials_Num_of_Delayed_Payment / nullif(financials_Credit_History_Age, 0) AS delays_per_month_of_history
FROM features
