namespace Ptewright.Running;

/// <summary>How QEMU's options are written: values joined by commas, so a comma within a value is doubled.</summary>
internal static class QemuOption
{
    /// <summary>A value for an option: a path, for one.</summary>
    public static string Value(string text) => text.Replace(",", ",,", StringComparison.Ordinal);
}
