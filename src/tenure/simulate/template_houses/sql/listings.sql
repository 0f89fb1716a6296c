-- What is classified, and when: every listing on the day it appears.
SELECT
    "İlan No",
    "İlan Tarihi" AS event_time
FROM listings
