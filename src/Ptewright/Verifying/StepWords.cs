namespace Ptewright.Verifying;

/// <summary>What the later steps of a kernel are called in explanations.</summary>
internal static class StepWords
{
    /// <summary>A kernel isolates its page tables on a CPU that turned out to need it.</summary>
    public const string Kpti = "idmap_kpti_install_ng_mappings sets nG in every entry";

    /// <summary>KFENCE guards a page of its pool.</summary>
    public const string Kfence = "kfence_protect_page clears the valid bit of pages of the KFENCE pool";

    /// <summary>Free pages are taken out of the map.</summary>
    public const string DebugPagealloc = "__kernel_map_pages (debug_pagealloc) clears the valid bit of free pages";

    /// <summary>The image's alias becomes read-only.</summary>
    /// <param name="change">What is seen of it.</param>
    public static string ReadOnlyAlias(string change) => $"mark_linear_text_alias_ro {change} in the alias of the image's code and read-only data";

    /// <summary>The alias of a page that became read-only elsewhere becomes so too.</summary>
    /// <param name="change">What is seen of it.</param>
    public static string ReadOnlyElsewhere(string change) => $"change_memory_common (rodata=full) {change}";
}
