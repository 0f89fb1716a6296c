-- What a loan officer would work out by hand from the application, as it was known at the event.
SELECT
    Customer_ID,
    event_time,
    Outstanding_Debt / nullif(Annual_Income, 0) AS debt_to_income,
    Total_EMI_per_month / nullif(Monthly_Inhand_Salary, 0) AS instalments_to_salary,
    Num_of_Delayed_Payment / nullif(Credit_History_Age, 0) AS delays_per_month_of_history
FROM financials
