-- On which days is there a state to show?
-- returns: stichtag
SELECT DISTINCT stichtag FROM stichtag WHERE massgeblich ORDER BY stichtag
