"""Where weights come from and whether they are still what came: choosing files, fetching, manifests, the lock.

The folders under MODELS_DIR, which an operator fills with `manage.py models pull`:

    <checkpoint>/                   a catalogue entry's files, with REVISION and dailies-manifest.json
    loras/<owner>--<name>/          the files that entries want of a repository of LoRAs, with the same notes
    models.lock.toml                the commit that each entry or LoRA whose revision is "locked" was pulled at
    .pull/<folder>/<revision>/       what an interrupted pull has so far; the next pull goes on from there

No web process imports the Hub's client: only `hub.py` does, and only the command imports that.
"""
