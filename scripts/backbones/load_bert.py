"""Tiny BERT from the hub, from a folder, or with random parameters."""

from pathlib import Path

from vicinal.models.tiny_bert import from_folder, hub_folder, random_bert, tiny_bert_config
from vicinal.models.wordpiece import read_vocabulary, train_wordpiece
from vicinal_workflow.artifacts import read_dataset
from vicinal_workflow.bert_files import write_bert
from vicinal_workflow.randomness import derive_seed
from vicinal_workflow.stage import start_stage
from vicinal_workflow.time_record import write_time

start_stage(snakemake.log[0])
backbone = snakemake.params.backbone
if backbone["source"] == "random":
    if snakemake.input.get("vocabulary"):
        vocabulary = read_vocabulary(Path(snakemake.input.vocabulary))
    else:
        texts = read_dataset(snakemake.input.dataset).inputs["train"]
        vocabulary = train_wordpiece(texts.ravel().tolist(), backbone["vocabulary_size"])
    seed = derive_seed(snakemake.params.seed, "backbone", snakemake.params.name, 0)
    model = random_bert(tiny_bert_config(len(vocabulary), backbone["max_length"]), seed)
else:
    if backbone["source"] == "hub":
        folder = hub_folder(backbone["hub_name"], backbone["hub_revision"])
    else:
        folder = Path(backbone["folder"])
    model, vocabulary = from_folder(folder), read_vocabulary(folder / "vocab.txt")
write_bert(snakemake.output, model, vocabulary)
write_time(snakemake.log.time)
