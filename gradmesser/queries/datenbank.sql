-- What is the published database made of, and what is the newest published stand?
-- returns: herkunft, regelversion, eingang_sha256, gebietsstand, stand, katalog, katalog_status
SELECT d.herkunft::TEXT AS herkunft, d.regelversion, d.eingang_sha256, d.gebietsstand,
    (SELECT max(stand) FROM snapshot WHERE source_id = 'open_pvog' AND status = 'veroeffentlicht') AS stand,
    k.titel || ', Jahrgang ' || k.jahrgang AS katalog, k.status AS katalog_status
FROM stand_der_datenbank AS d, katalog_version AS k WHERE k.gueltig_bis = DATE '9999-12-31'
