-- On which days is there a state to show, as it was known on a day?
-- returns: stichtag
SELECT DISTINCT stichtag FROM stichtag_am($wissen) WHERE massgeblich ORDER BY stichtag
