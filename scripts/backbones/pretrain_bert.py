"""Tiny BERT, trained from scratch on the data set's own training text."""

from pathlib import Path

from tqdm import tqdm

from vicinal.models.tiny_bert import random_bert, tiny_bert_config
from vicinal.models.wordpiece import (
    encode_pairs,
    read_vocabulary,
    train_wordpiece,
    wordpiece_tokenizer,
)
from vicinal.training.masked_language import MaskedLanguageSettings, MaskedLanguageTraining
from vicinal_workflow.artifacts import read_dataset
from vicinal_workflow.bert_files import write_bert
from vicinal_workflow.randomness import derive_seed
from vicinal_workflow.resume import Checkpoint, checkpoint_of
from vicinal_workflow.stage import append_record, choose_device, start_records, start_stage
from vicinal_workflow.time_record import write_time

start_stage(snakemake.log.text, snakemake.params.threads)
backbone = snakemake.params.backbone
settings = dict(backbone["pretraining"])
max_length = settings.pop("max_length")
seed = derive_seed(snakemake.params.seed, "backbone", snakemake.params.name, 0)
texts = read_dataset(snakemake.input.dataset).inputs["train"]
if snakemake.input.get("vocabulary"):
    vocabulary = read_vocabulary(Path(snakemake.input.vocabulary))
else:
    vocabulary = train_wordpiece(texts.ravel().tolist(), backbone["vocabulary_size"])

device = choose_device(snakemake.params.device)
config = tiny_bert_config(len(vocabulary), backbone["max_length"])
model = random_bert(config, seed)
training = MaskedLanguageTraining(
    model,
    encode_pairs(wordpiece_tokenizer(vocabulary, max_length), texts),
    MaskedLanguageSettings(**settings),
    seed,
    device,
)
made_of = backbone | {"seed": seed, "device": str(device), "threads": snakemake.params.threads}
checkpoint = Checkpoint(checkpoint_of(snakemake.output[0]), made_of, snakemake.input)
state = checkpoint.load() or {"training": None, "records": []}
start_records(snakemake.log.epochs, state["records"])
if state["training"] is not None:
    training.load_state_dict(state["training"])
progress = tqdm(initial=training.epoch, total=training.epochs, unit="epoch", disable=None)
for record in training.run():
    state["training"] = training.state_dict()
    state["records"].append(record | {"of": {"epoch": training.epochs}})
    checkpoint.save(state)
    append_record(snakemake.log.epochs, state["records"][-1])
    progress.update()
    progress.set_postfix(loss=record["loss"])
progress.close()
write_bert(snakemake.output, model, vocabulary)
checkpoint.remove()
write_time(snakemake.log.time)
