from lm_deluge import Skill

# Custom skill uploaded to your Anthropic workspace
custom_skill = Skill(
    type="custom",
    skill_id="skill_01ABC123...",  # Your skill ID from Anthropic
    version="latest",
)

response = await client.start(
    Conversation().user("Use my custom skill to generate a document"),
    skills=[custom_skill],
)
