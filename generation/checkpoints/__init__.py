"""Where weights come from and whether they are still what came: choosing files, fetching, manifests, the lock.

The folders under MODELS_DIR, which an operator fills with `manage.py models pull`:

    <checkpoint>/                   a catalogue entry's files, with REVISION and dailies-manifest.json
    models.lock.toml                the commit that each entry whose revision is "locked" was pulled at
    .pull/<checkpoint>/<revision>/  what an interrupted pull has so far; the next pull goes on from there

No web process imports the Hub's client: only `hub.py` does, and only the command imports that.
"""
