"""The [CLS] vectors of all pairs of sentences."""

from vicinal.models.tiny_bert import cls_features
from vicinal.models.wordpiece import encode_pairs, read_vocabulary, wordpiece_tokenizer
from vicinal_workflow.artifacts import read_dataset, write_features
from vicinal_workflow.bert_files import read_bert
from vicinal_workflow.checksums import whole
from vicinal_workflow.stage import choose_device, start_stage
from vicinal_workflow.time_record import write_time

start_stage(snakemake.log[0], snakemake.params.threads)
backbone = snakemake.params.backbone
dataset = read_dataset(snakemake.input.dataset)
model = read_bert(snakemake.input.parameters)
vocabulary = read_vocabulary(whole(snakemake.input.vocabulary))
tokenizer = wordpiece_tokenizer(vocabulary, backbone["max_length"])
features = {
    split: cls_features(
        model,
        encode_pairs(tokenizer, dataset.inputs[split]),
        attention_mask=backbone["attention_mask"],
        pad_to=None if backbone["attention_mask"] else backbone["max_length"],
        device=choose_device(snakemake.params.device),
    )
    for split in dataset.splits
}
write_features(snakemake.output[0], dataset, [features])
write_time(snakemake.log.time)
